package io.patchbay.mesh;

import com.google.protobuf.Descriptors.FieldDescriptor;
import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon's links, first to last. Building it takes up the sessions that an earlier process left.
 * Around each link it traces what came out and how long the link itself took for it, in
 * microseconds; a failure is told once, with the link that made it.
 */
public final class Chain implements Handler {
  private static final Logger log = LoggerFactory.getLogger(Chain.class);
  private static final Time CLOCK = Time.system();

  private final Handler first;
  private final List<Link> links;

  private Chain(Handler first, List<Link> links) {
    this.first = first;
    this.links = links;
  }

  /**
   * Builds a chain. The last link must answer without calling {@code next}. At most one of the
   * links is a {@link Sessions}.
   */
  public static Chain of(List<? extends Link> links) {
    Handler handler =
        call -> {
          throw new IllegalStateException("the chain's last link passed the call on");
        };
    for (Link link : links.reversed()) {
      Handler next = handler;
      handler = call -> traced(link, call, next);
      if (link instanceof Sessions sessions) {
        sessions.start(next, List.copyOf(links));
      }
    }
    return new Chain(handler, List.copyOf(links));
  }

  @Override
  public Connection request(Call call) {
    return first.request(call);
  }

  /**
   * Closes a connection as somebody from outside asks, unless a link refuses. An unknown one is
   * closed already.
   */
  public void close(Connection asked) {
    for (Link link : links) {
      try {
        link.close(asked);
      } catch (Failure e) {
        log.info("{} {} while closing: {}", asked.getId(), link.name(), Failure.text(e));
        throw e;
      }
    }
  }

  private static Connection traced(Link link, Call call, Handler next) {
    Step step = new Step(next);
    long start = CLOCK.nanos();
    try {
      Connection answer = link.request(call, step);
      if (log.isDebugEnabled()) {
        long own = (CLOCK.nanos() - start - step.took) / 1000;
        String changes = step.changes(call, answer);
        log.debug("{} {} {} us {}", call.connection().getId(), link.name(), own, changes);
      }
      return answer;
    } catch (RuntimeException | Error e) {
      if (step.failure != e) {
        log.info("{} {} refused: {}", call.connection().getId(), link.name(), Failure.text(e));
      }
      throw e;
    }
  }

  /**
   * What lies behind a link, and what went through: so that a trace tells only this link's doing.
   */
  private static final class Step implements Handler {
    private final Handler next;
    private @Nullable Connection sent;
    private @Nullable Connection received;
    private @Nullable Throwable failure;
    private long took;

    Step(Handler next) {
      this.next = next;
    }

    @Override
    public Connection request(Call call) {
      sent = call.connection();
      long start = CLOCK.nanos();
      try {
        Connection answer = next.request(call);
        received = answer;
        return answer;
      } catch (RuntimeException | Error e) {
        failure = e;
        throw e;
      } finally {
        took += CLOCK.nanos() - start;
      }
    }

    String changes(Call call, Connection answer) {
      Connection ahead = sent == null ? call.connection() : sent;
      Connection back = received == null ? answer : received;
      return "ahead " + changed(call.connection(), ahead) + " back " + changed(back, answer);
    }

    private static List<String> changed(Connection before, Connection after) {
      return Connection.getDescriptor().getFields().stream()
          .filter(field -> !before.getField(field).equals(after.getField(field)))
          .map(FieldDescriptor::getName)
          .toList();
    }
  }
}
