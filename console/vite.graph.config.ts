/** The graph package by itself, as one script: what `stairway diagram` runs. */
import { defineConfig } from 'vite';

export default defineConfig({
  publicDir: false,
  build: {
    emptyOutDir: false,
    lib: { entry: 'src/graph/svg.ts', formats: ['iife'], name: 'stairwayGraph', fileName: () => 'graph.js' },
    sourcemap: false,
  },
});
