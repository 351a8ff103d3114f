/** How the console is built: under `/console/`, without fonts or anything else from elsewhere. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';

/** Cloudscape's global styles carry 183 kB of base64 fonts; the console is set in the system's own. */
function withoutInlineFonts(): Plugin {
  return {
    name: 'without-inline-fonts',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('global-styles') || !id.endsWith('.css')) return null;
      return code.replaceAll(/@font-face\s*\{[^}]*\}/g, '');
    },
  };
}

const server = process.env['STAIRWAY_URL'] ?? 'http://127.0.0.1:8083';

export default defineConfig({
  base: '/console/',
  plugins: [withoutInlineFonts(), react()],
  build: {
    // What a data URL would hold is a file of its own, so that the content policy can stay narrow.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    sourcemap: false,
  },
  server: {
    proxy: {
      '^/$': { target: server, headers: { origin: server } },
      '/stairway': { target: server },
      '/console/api': { target: server, headers: { origin: server } },
    },
  },
});
