/**
 * Errors of S3 calls as messages that name the store, what is wrong and what to do. The SDK's own messages describe
 * its internals. Codes: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
 */
import { messageOf, type Reason, UserError } from '@soar/core';
import { codeOf } from '@soar/files';

const CREDENTIALS = /Credentials?ProviderError|TokenProviderError|credential/i;
const REFUSED =
  /^(AccessDenied|Forbidden|AllAccessDisabled|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken)$/;
const REGION = /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/;
const FULL = /^(XMinioStorageFull|InsufficientStorage|QuotaExceeded|EntityTooLarge)$/;
const BUSY =
  /^(InternalError|ServiceUnavailable|SlowDown|RequestTimeout|RequestTimeoutException|TimeoutError|AbortError)$/;

/** HTTP status of an error; undefined if there was no response. */
export function statusOf(error: unknown): number | undefined {
  return answerOf(error instanceof UserError ? error.cause : error)?.status;
}

/** Whether the requested object does not exist. A missing bucket is another error. */
export function isAbsent(error: unknown): boolean {
  const answer = answerOf(error instanceof UserError ? error.cause : error);
  return answer?.status === 404 && answer.name !== 'NoSuchBucket';
}

/** An error of the SDK as a UserError; any other unchanged. `where` names the store. */
export function asS3Error(error: unknown, where: string): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const found = explain(error);
  if (found === undefined) return error;
  const [what, reason] = found;
  return new UserError(`${where}: ${what}`, reason, 'artifacts', { cause: error });
}

function explain(error: Error): [string, Reason] | undefined {
  const answer = answerOf(error);
  const name = answer?.name ?? error.name;
  if (answer === undefined && CREDENTIALS.test(`${name} ${error.message}`)) {
    const what =
      'no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give this machine a role';
    return [what, 'FAILED_PRECONDITION'];
  }
  if (answer === undefined && /region is missing/i.test(error.message)) {
    return [
      'no region; set AWS_REGION, or SOAR_S3_ENDPOINT if the store is not on AWS',
      'FAILED_PRECONDITION',
    ];
  }
  if (name === 'NoSuchBucket') {
    return ['the bucket does not exist; create it first, or name another one', 'FAILED_PRECONDITION'];
  }
  if (REGION.test(name) || answer?.status === 301) {
    return ['the bucket is in another region; set AWS_REGION to its region', 'FAILED_PRECONDITION'];
  }
  if (name === 'RequestTimeTooSkewed') {
    return [
      "this machine's clock is wrong; set it, because requests are signed with the time",
      'FAILED_PRECONDITION',
    ];
  }
  if (REFUSED.test(name) || answer?.status === 401 || answer?.status === 403) {
    const what = `access denied (${name}); the credentials must be valid and allow read, write, list and delete here`;
    return [what, 'FAILED_PRECONDITION'];
  }
  if (FULL.test(name) || answer?.status === 507) {
    return [`the store is full (${name}); make room and try again`, 'RESOURCE_EXHAUSTED'];
  }
  const network = codeOf(error) !== undefined && /^(E[A-Z]+|ERR_(TLS|SSL)_.*|.*CERT.*)$/.test(codeOf(error)!);
  if (network || BUSY.test(name) || (answer?.status ?? 0) >= 500 || answer?.status === 429) {
    const cause = causeOf(error, name);
    const what = `the server is unreachable or failing (${cause}); check address and server`;
    return [what, 'UNAVAILABLE'];
  }
  if (answer === undefined && !('$response' in error)) return undefined;
  return [`the server refuses the request (${name}: ${messageOf(error)})`, 'FAILED_PRECONDITION'];
}

/** For example "ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:9000", "TimeoutError" or "SlowDown". */
function causeOf(error: Error, name: string): string {
  const code = codeOf(error);
  return code === undefined ? name : `${code}${error.message === '' ? '' : `: ${error.message}`}`;
}

function answerOf(error: unknown): { readonly status: number; readonly name: string } | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const { httpStatusCode: status } = error.$metadata as { httpStatusCode?: number };
  return status === undefined ? undefined : { status, name: error.name };
}
