/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int output_open(struct output *o, const char *path, struct err *e)
{
	int len;

	*o = (struct output){ .file = stdout, .path = path };
	if (!path)
		return 0;
	len = snprintf(o->tmp, sizeof(o->tmp), "%s.tmp%d", path, (int)getpid());
	if (len < 0 || (size_t)len >= sizeof(o->tmp))
		return err_set(e, -ENAMETOOLONG, "%s: name too long", path);
	o->file = fopen(o->tmp, "wxe");
	if (!o->file)
		return err_set(e, -errno, "%s: cannot create: %s", o->tmp,
			       strerror(errno));
	return 0;
}

int output_close(struct output *o, int ret, struct err *e)
{
	const char *name = o->path ? o->path : "standard output";
	int failed;

	errno = 0;
	failed = fflush(o->file) || ferror(o->file);
	if (failed && !ret)
		ret = err_set(e, errno ? -errno : -EIO, "%s: cannot write: %s",
			      name, strerror(errno ? errno : EIO));
	if (!o->path)
		return ret;
	if (fclose(o->file) && !ret)
		ret = err_set(e, -errno, "%s: cannot write: %s", name,
			      strerror(errno));
	if (!ret && rename(o->tmp, o->path))
		ret = err_set(e, -errno, "%s: cannot rename to it: %s", name,
			      strerror(errno));
	if (ret < 0)
		unlink(o->tmp);
	return ret;
}
