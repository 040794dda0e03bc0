import { playManySeeds } from "./many-seeds.ts";

playManySeeds(1);
