import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ChatApi } from "./api/chatApi";
import { App } from "./components/App";
import { followViewport } from "./components/viewport";
import "./index.css";
import { SessionGate } from "./session/gate";
import { tabStorage, VisitMemory } from "./session/memory";

const api = new ChatApi(window.fetch.bind(window));
const gate = new SessionGate({ api, window, memory: new VisitMemory(tabStorage()) });
const root = document.getElementById("root");

if (root !== null) {
  followViewport(window);
  gate.start();
  createRoot(root).render(
    <StrictMode>
      <App api={api} gate={gate} />
    </StrictMode>,
  );
}
