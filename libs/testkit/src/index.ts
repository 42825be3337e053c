export { CertificateAuthority, type CertificatePair, type CertificateTerms } from './certificates.js';
export { checkGradients, randomValue } from './gradient-check.js';
export { OP_CASES, type OpCase, type Operand } from './op-cases.js';
