/* SPDX-License-Identifier: MIT */
#ifndef SERVER_OPTIONS_VERSION_H
#define SERVER_OPTIONS_VERSION_H

#include <stdio.h>

/* The program's version, such as 0.1.0. */
const char *version_text(void);

/* Writes version, commit and the versions of the libraries, a line each. */
void version_show(FILE *out);

#endif
