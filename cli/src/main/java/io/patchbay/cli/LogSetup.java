package io.patchbay.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.patchbay.base.Failure;
import java.util.Locale;
import java.util.Optional;

/**
 * Logs to standard error, a line an event, from the level in {@link #LEVEL_VARIABLE} on. Set up in
 * code: reading a configuration file would cost each start a tenth of a second.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
  /** The variable that every command heeds beside those of its own configuration. */
  static final String LEVEL_VARIABLE = "NSM_LOG_LEVEL";

  static final String LEVEL_FALLBACK = "INFO";

  /** In words, for {@code --help} and whoever wrote another one. */
  static final String LEVELS = "TRACE, DEBUG, INFO, WARN, ERROR or OFF";

  /** Takes precedence, and is not handed on to child processes as the environment is. */
  public static final String LEVEL_PROPERTY = "patchbay.log.level";

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    PatternLayoutEncoder layout = new PatternLayoutEncoder();
    layout.setContext(context);
    layout.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %msg%n%rEx{3}");
    layout.start();
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setTarget("System.err");
    console.setEncoder(layout);
    console.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(console);
    root.setLevel(Level.WARN);
    context.getLogger("io.patchbay").setLevel(level(wanted()).orElse(Level.INFO));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /**
   * For before the first event, since logging itself cannot refuse to be set up. Throws {@link
   * Failure} INVALID naming the variable when its value is no level.
   */
  static void requireKnownLevel() {
    String wanted = wanted();
    if (level(wanted).isEmpty()) {
      throw new Failure(
          Failure.Kind.INVALID, LEVEL_VARIABLE + "='" + wanted + "': not a level; write " + LEVELS);
    }
  }

  private static String wanted() {
    return System.getProperty(
        LEVEL_PROPERTY, System.getenv().getOrDefault(LEVEL_VARIABLE, LEVEL_FALLBACK));
  }

  /** Also by the names that upstream's programs know, which may stand in the same manifest. */
  private static Optional<Level> level(String name) {
    return switch (name.strip().toUpperCase(Locale.ROOT)) {
      case "TRACE" -> Optional.of(Level.TRACE);
      case "DEBUG" -> Optional.of(Level.DEBUG);
      case "INFO", "" -> Optional.of(Level.INFO);
      case "WARN", "WARNING" -> Optional.of(Level.WARN);
      case "ERROR", "FATAL", "PANIC" -> Optional.of(Level.ERROR);
      case "OFF" -> Optional.of(Level.OFF);
      default -> Optional.empty();
    };
  }
}
