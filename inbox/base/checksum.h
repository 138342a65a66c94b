/* SPDX-License-Identifier: MIT */
#ifndef INBOX_BASE_CHECKSUM_H
#define INBOX_BASE_CHECKSUM_H

#include <stdint.h>

#include "inbox/base/bytes.h"

/* CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `run` behind octets whose
 * checksum was `before` (0 at the start). By the processor's own instruction
 * where it has one. */
uint32_t checksum_add(uint32_t before, struct bytes run);

/* The same by table alone, for processors without the instruction. */
uint32_t checksum_add_plain(uint32_t before, struct bytes run);

#endif
