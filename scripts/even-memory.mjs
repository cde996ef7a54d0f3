/**
 * For commands that handle any number of records: the engine collects what is left over as soon as its heap has grown
 * by a fifth. Left to itself it lets the heap grow for as long as it likes, to half a gigabyte and more.
 */
export const evenMemory =
  "--v8-flags=--heap-growing-percent=20,--max-semi-space-size=8,--no-memory-pool";
