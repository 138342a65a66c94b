/* SPDX-License-Identifier: MIT */
#ifndef WEBUI_API_ABOUT_H
#define WEBUI_API_ABOUT_H

#include "webui/call/call.h"

/* What this mailscope is and knows: settings, the search grammar, the checks,
 * its CA; and the mail it can send to itself. */

call_handler about_info;
call_handler about_grammar;
call_handler about_checks;
call_handler about_findings;
call_handler about_ca;
call_handler about_test_message;

#endif
