FROM node:24-slim
WORKDIR /app
COPY . ./
USER 65532
EXPOSE 8080
CMD ["node", "--enable-source-maps", "server.mjs"]
