const secretName = /(key|secret|token|password)$/i;

/** Whether a field says in its name that it is to be known to nobody, but for what this version has encrypted. */
export function isSecret(name: string): boolean {
  return secretName.test(name);
}
