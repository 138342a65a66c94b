/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_TRANSCRIPT_REPLY_CAUSE_H
#define WEBUI_TRANSCRIPT_REPLY_CAUSE_H

#include <stdint.h>

/* Why mailscope gave the reply `code` with `enhanced` ("" none), in words that
 * name the option behind it where there is one. NULL for what is no refusal.
 * Static. */
const char *reply_cause(uint16_t code, const char *enhanced);

#endif
