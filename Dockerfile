# docker build -t spillway . && docker run -p 4141:4141 -v ./spillway.yaml:/etc/spillway/spillway.yaml:ro -e GROQ_API_KEY spillway
# In a container the gateway listens to others, so its configuration must have auth.keys, each of at least 20 characters.
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev --ignore-scripts
COPY . .
RUN npm pack --pack-destination /tmp

FROM node:24-slim
ENV NODE_ENV=production SPILLWAY_CONFIG=/etc/spillway/spillway.yaml NODE_OPTIONS=--max-semi-space-size=16
WORKDIR /app
COPY --from=build /tmp/spillway-*.tgz /tmp/
RUN npm install --omit=dev --omit=peer --ignore-scripts --no-audit --no-fund /tmp/spillway-*.tgz && rm /tmp/spillway-*.tgz && npm cache clean --force
USER node
EXPOSE 4141
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["node", "-e", "fetch('http://127.0.0.1:4141/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/node_modules/spillway/src/cli/spillway.cjs"]
CMD ["serve", "--host", "0.0.0.0", "--port", "4141"]
