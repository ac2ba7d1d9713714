// One tracker: frames of `lienwatch encode`, over a socket of its own. It answers for nothing: the story looks at the screen.
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class Tracker {
  constructor({ binary, protocol = 'gt06', terminal, address }) {
    Object.assign(this, { binary, protocol, terminal, address, answers: [] });
  }

  /** Connects and logs in. */
  async connect() {
    this.socket = connect(this.address.port, this.address.host);
    await new Promise((resolve, reject) => this.socket.once('connect', resolve).once('error', reject));
    this.socket.on('data', (bytes) => this.answers.push(bytes));
    this.socket.on('error', () => {});
    await this.send('login');
  }

  /** A fix at a place, `at` in the time of the server's clock. */
  async fix({ lat, lon, at, speed = 0, course = 0, ignition = 'off' }) {
    await this.send('position', '--lat', lat, '--lon', lon, '--time', at, '--speed', speed, '--course', course,
      '--ignition', ignition);
  }

  async send(message, ...options) {
    const args = ['encode', this.protocol, message, '--terminal', this.terminal, ...options.map(String)];
    const { stdout } = await run(this.binary, args);
    for (const frame of stdout.trim().split('\n')) this.socket.write(Buffer.from(frame, 'hex'));
  }

  close() {
    this.socket?.destroy();
  }
}
