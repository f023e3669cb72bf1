/** The kernel's version, which the `kernel` range of a plugin's manifest is held against. A test compares it with package.json. */
export const KERNEL_VERSION = '0.1.0';
