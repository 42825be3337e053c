/** Starts the page in the browser. The rest of the package is drawn from here. */
import { render } from 'preact';
import { App } from './views/app.js';

render(<App />, document.getElementById('page')!);
