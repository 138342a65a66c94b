/* SPDX-License-Identifier: MIT */
// Fetched behind the first rows.
import '../core.tsx';

export { follow } from '../store/counts.ts';
