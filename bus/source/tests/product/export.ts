"use strict";
import { readFile } from "node:fs";
export * from "./other";

type Kind = "a" | "b";
const LIMIT = 5, names = ["one", ''];

export class Report<T extends string> {
  items: T[] = [];
  kind: Kind = "a";

  title(count: number): string {
    if (count > 1 && this.items.length !== 0) {
      return `${count} items`;
    } else {
      console.log("nothing");
      this.items.push("x" as T);
    }
    const label = count === 1 ? "one" : "none";
    this.kind = "b";
    return label + ` of ${LIMIT * 2}`;
  }

  async send(): Promise<void> {
    await this.post({ "content-type": "text", retries: 3, deep: { on: true } });
    for (let i = 0; i < 10; i++) {
      if (!this.items[i]) return;
    }
  }
}
