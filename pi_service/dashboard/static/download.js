// Saving a file that the server makes, or telling why there is none.

import { AskError, getFile } from "./api.js";
import { tell } from "./tell.js";

// The browser has begun to save it long before.
const KEPT_MS = 10_000;

export async function download(path, name) {
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await getFile(path));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    tell(error.message, false);
  }
}
