/** The pages, in the order of the menu. */

import { now } from "./now/now";
import type { Page } from "./page";
import { stores } from "./stores/stores";
import { traffic } from "./traffic/traffic";

export const PAGES: readonly Page[] = [now, traffic, stores];
