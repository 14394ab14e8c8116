/** What a page is: a folder with its document, its view and its test. */

import type { ComponentType } from "react";

export interface PageProps {
  store: string;
  /** Called when the server no longer knows the session. */
  onLoggedOut: () => void;
}

export interface Page {
  name: string;
  title: () => string;
  View: ComponentType<PageProps>;
  /** Whether it is of use only where there are several stores. */
  ofMany?: boolean;
}
