package io.patchbay.torshims;

import java.time.Duration;

/**
 * What a switch's writer has before it.
 *
 * @param waiting changes that wait for their turn
 * @param oldestChange how long the oldest change has waited, the one at hand included; zero without
 *     any
 * @param unsettledPorts ports that may not be as they should be
 * @param unsettled how long the one that has been so longest is; zero without any
 */
record SwitchLoad(int waiting, Duration oldestChange, int unsettledPorts, Duration unsettled) {}
