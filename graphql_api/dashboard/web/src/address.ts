/** What the address says: which page of which store. */

import { useEffect, useState } from "react";

export interface Address {
  page: string;
  store: string | null;
}

const read = (): Address => {
  const said = new URLSearchParams(location.search);
  return { page: said.get("page") ?? "now", store: said.get("store") };
};

export function linkTo({ page, store }: Address): string {
  const said = new URLSearchParams({ page, ...(store ? { store } : {}) });
  return `?${said}`.replaceAll("%2F", "/");
}

/** Follow the address; links of the page change it without loading the page anew. */
export function useAddress(): [Address, (to: Address) => void] {
  const [address, setAddress] = useState(read);
  useEffect(() => {
    const changed = () => setAddress(read());
    const clicked = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest("a") : null;
      if (!link?.search || link.origin !== location.origin || link.pathname !== location.pathname) return;
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      history.pushState(null, "", link.search);
      changed();
    };
    window.addEventListener("popstate", changed);
    document.addEventListener("click", clicked);
    return () => {
      window.removeEventListener("popstate", changed);
      document.removeEventListener("click", clicked);
    };
  }, []);
  const go = (to: Address) => {
    history.pushState(null, "", linkTo(to));
    setAddress(to);
  };
  return [address, go];
}
