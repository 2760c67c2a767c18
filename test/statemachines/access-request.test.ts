import "./stories/ordinary.ts";
