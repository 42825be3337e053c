/**
 * The records of TensorBoard's event files. Only @soar/trackers needs them; their names are too general for the index.
 */
export * from './gen/tensorboard/event_pb.js';
export * from './gen/tensorboard/hparams_pb.js';
