import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const CHAT_APP = "http://127.0.0.1:3001";

export default defineConfig({
  base: "/c/",
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "../leadcore_chat/static",
    emptyOutDir: true,
    // The page's policy is default-src 'self': a data: URI would be blocked.
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/api": CHAT_APP } },
  test: {
    environment: "jsdom",
    setupFiles: ["src/testing/setup.ts"],
    sequence: { shuffle: true },
    restoreMocks: true,
  },
});
