/** What the environment says to this service's tests. The only reader of process.env here. */

/** Whether golden files are written anew. */
export const isRecording = process.env['SOAR_RECORD_JOURNAL'] === '1';
