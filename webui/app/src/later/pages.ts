/* SPDX-License-Identifier: MIT */
// Fetched when somebody goes there.
import '../core.tsx';

export { SettingsPage } from '../views/settings/settings.tsx';
export { Setup } from '../views/setup/setup.tsx';
export { Confirm, Help, Palette, Tagging } from '../views/shell/sheets.tsx';
