/* SPDX-License-Identifier: MIT */
// Runs in <head>, before anything is drawn, so that a chosen theme never flashes the other one first.
try {
    const theme = (JSON.parse(localStorage.getItem('mailscope') ?? '{}') as { theme?: string }).theme;
    if (theme === 'light' || theme === 'dark') {
        document.documentElement.dataset.theme = theme;
    }
} catch {
    // A browser that forbids storage gets its own preference.
}
export {};
