/**
 * Puts the rooms together into a few files, because finding and opening hundreds is most of what a short command costs.
 * Packages stay where npm has put them.
 */
export default {
  input: { main: "src/cli/main.ts" },
  platform: "node",
  external: (id) => !id.startsWith(".") && !id.startsWith("/"),
  output: {
    dir: "dist",
    cleanDir: true,
    format: "esm",
    entryFileNames: "cli/[name].js",
    chunkFileNames: "cli/[name].js",
    sourcemap: true,
  },
};
