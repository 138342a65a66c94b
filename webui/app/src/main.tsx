/* SPDX-License-Identifier: MIT */
import { begin } from './core.tsx';

void begin();
