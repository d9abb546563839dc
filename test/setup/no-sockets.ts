import { Server, Socket } from 'node:net';

function refuse(): never {
  throw new Error('A test of the project `unit` opens a socket: see test/setup/projects.ts.');
}

Server.prototype.listen = refuse;
Socket.prototype.connect = refuse;
