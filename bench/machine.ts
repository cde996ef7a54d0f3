import { cpus, release, totalmem, type } from "node:os";

/** Where and with what the figures were measured. */
export interface Machine {
  processor: string;
  cores: number;
  memory: string;
  system: string;
  /** What else ran: the mean number of busy processes in the minute before. */
  load: number;
  deno: string;
  node: string;
}

export async function describeMachine(): Promise<Machine> {
  const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
  return {
    processor: cpus()[0].model,
    cores: navigator.hardwareConcurrency,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    system: `${type()} ${release()}`,
    load: Deno.loadavg()[0],
    deno: Deno.version.deno,
    node: new TextDecoder().decode(stdout).trim().replace(/^v/, ""),
  };
}
