// A handler whose dependency was not deployed with it.

import { answer } from "a-module-that-nobody-deployed";

export const handler = async (event) => answer(event);
