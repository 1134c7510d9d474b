/* SPDX-License-Identifier: MIT */
#ifndef VIOPERF_OWNER_H
#define VIOPERF_OWNER_H

/*
 * Under sudo, what root makes in a folder of the user's is given to the user:
 * @path and all in it that is root's, and the link "latest" beside it. Nothing
 * without sudo, or where the folder around @path is not the user's.
 */
void owner_give(const char *path);

#endif
