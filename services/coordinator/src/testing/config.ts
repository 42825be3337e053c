/** Settings of this service's tests. The only reader of process.env here. */

/** Whether to write golden files. */
export const isRecording = process.env['SOAR_RECORD_JOURNAL'] === '1';
