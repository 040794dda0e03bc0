/** Which consumer of a lane works on which key, so that two consumers in one process never work on the same. */
export interface KeyClaims {
  /** Counts one more task of the key for this owner; false while the key is another owner's. */
  claim(key: string, owner: object): boolean;
  /** Undoes one `claim`. */
  release(key: string, owner: object): void;
}

/** `onFree` is called when a key has no owner any more. */
export function createKeyClaims(onFree: () => void): KeyClaims {
  const claims = new Map<string, { readonly owner: object; count: number }>();
  return {
    claim(key, owner) {
      const found = claims.get(key);
      if (found === undefined) claims.set(key, { owner, count: 1 });
      else if (found.owner === owner) found.count += 1;
      else return false;
      return true;
    },
    release(key, owner) {
      const found = claims.get(key);
      if (found === undefined || found.owner !== owner) return;
      found.count -= 1;
      if (found.count > 0) return;
      claims.delete(key);
      onFree();
    },
  };
}
