/** Words that only lead to an answer. */
export const CONNECTIVES =
  /^(?:(?:therefore|thus|so|hence|then|finally|we (?:get|have|find|obtain))[,:]?\s+){1,3}/i;
