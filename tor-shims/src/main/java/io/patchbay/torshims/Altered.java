package io.patchbay.torshims;

/** What a port had, and what it was given. */
record Altered(PortConfig before, PortConfig after) {}
