/* SPDX-License-Identifier: MIT */
// Fetched when a message is taken apart.
import '../core.tsx';

export { Parts } from '../views/message/parts.tsx';
