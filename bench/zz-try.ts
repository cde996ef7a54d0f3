import { measureStart } from "./start-time.ts";
console.log(await measureStart());
