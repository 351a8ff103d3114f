/** Unit tests run without a browser; what needs a document asks for happy-dom in its first line. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'node', reporters: ['default'], testTimeout: 60_000 },
});
