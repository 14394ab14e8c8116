import "./style.css";

import { createRoot } from "react-dom/client";

import { begin } from "./api/session";
import { App } from "./app";
import { speak } from "./text/language";

const root = document.getElementById("root");
if (root) {
  const [spoken, begun] = await Promise.all([speak(), begin().catch(() => null)]);
  createRoot(root).render(<App begun={begun} spoken={spoken} />);
}
