/* SPDX-License-Identifier: MIT */
// Fetched when rows are downloaded or their links copied.
import '../core.tsx';

export { copyLinks, download } from '../store/downloads.ts';
