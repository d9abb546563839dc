/** The gateway is loaded as it is installed: it starts a worker from a file of its own. */
export default { serverExternalPackages: ['spillway'] };
