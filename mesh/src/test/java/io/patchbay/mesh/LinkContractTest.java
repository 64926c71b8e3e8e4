package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What every link owes its connection. A link's test extends this and says which link it is, what
 * the hop ahead answers, and what the link holds in the world outside.
 */
public abstract class LinkContractTest {
  /** The time the link and its session live in. */
  protected final FakeTime time = new FakeTime();

  /** The link under test; made once per test. */
  protected abstract Link link();

  /** What the world outside holds for our connections now, in words; empty when nothing. */
  protected abstract Set<String> heldOutside();

  /** A call that the link would agree to. */
  protected Call call() {
    return Connections.call("c1", time);
  }

  /** What the hop ahead answers. */
  protected Connection answer(Call call) {
    return call.connection();
  }

  private final List<Call> passed = new ArrayList<>();
  private boolean refuse;
  private boolean refuseAnswer;
  private boolean failRelease;
  private int releasedBesides;

  private Connection next(Call call) {
    passed.add(call);
    if (refuse) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "next refuses");
    }
    return answer(call);
  }

  /** A neighbour that holds something too: one before the link and one behind it. */
  private Link neighbour(String name) {
    Key<String> key = Key.soft(name);
    return (call, next) -> {
      call.session()
          .hold(
              key,
              () -> name,
              value -> {
                releasedBesides++;
                if (failRelease) {
                  throw new IllegalStateException("release of " + name);
                }
              });
      Connection answer = next.request(call);
      if (refuseAnswer && name.equals("before")) {
        throw new Failure(Failure.Kind.UNAVAILABLE, "the answer is refused");
      }
      return answer;
    };
  }

  private final Sessions sessions = Sessions.inMemory(time);

  private Chain chain() {
    return Chain.of(
        List.of(
            sessions,
            neighbour("before"),
            link(),
            neighbour("behind"),
            (call, next) -> next(call)));
  }

  @Test
  void agrees() {
    Connection agreed = chain().request(call());
    assertEquals(call().connection().getId(), agreed.getId());
    assertEquals(1, sessions.all().size());
  }

  @Test
  void holdsNothingWhenNextRefuses() {
    Chain chain = chain();
    Set<String> before = heldOutside();
    refuse = true;
    Failure failure = assertThrows(Failure.class, () -> chain.request(call()));
    assertEquals("next refuses", failure.getMessage());
    assertEquals(before, heldOutside());
    assertEquals(0, sessions.all().size());
  }

  @Test
  void holdsNothingWhenAnEarlierLinkRefusesTheAnswer() {
    Chain chain = chain();
    Set<String> before = heldOutside();
    refuseAnswer = true;
    Failure failure = assertThrows(Failure.class, () -> chain.request(call()));
    assertEquals("the answer is refused", failure.getMessage());
    assertEquals(before, heldOutside());
    assertEquals(0, sessions.all().size());
  }

  @Test
  void keepsWhatItHadWhenTheAnswerToARefreshIsRefused() {
    Chain chain = chain();
    Connection first = chain.request(call());
    Set<String> once = heldOutside();
    refuseAnswer = true;
    Call again = Call.of(first, call().preferences(), new Cause.Refresh(), call().deadline());
    assertThrows(Failure.class, () -> chain.request(again));
    assertEquals(once, heldOutside());
  }

  @Test
  void takesOnceWhenAskedTwice() {
    Chain chain = chain();
    Connection first = chain.request(call());
    Set<String> once = heldOutside();
    Call again = Call.of(first, call().preferences(), new Cause.Refresh(), call().deadline());
    chain.request(again);
    assertEquals(once, heldOutside());
  }

  @Test
  void keepsWhatItHadWhenARefreshIsRefused() {
    Chain chain = chain();
    Connection first = chain.request(call());
    Set<String> once = heldOutside();
    refuse = true;
    Call again = Call.of(first, call().preferences(), new Cause.Refresh(), call().deadline());
    assertThrows(Failure.class, () -> chain.request(again));
    assertEquals(once, heldOutside());
  }

  @Test
  void givesBackWhenClosed() {
    Chain chain = chain();
    Set<String> before = heldOutside();
    String id = chain.request(call()).getId();
    sessions.close(id);
    assertEquals(before, heldOutside());
    assertEquals(2, releasedBesides);
    sessions.close(id);
    assertEquals(2, releasedBesides);
  }

  @Test
  void givesBackEvenWhenItsNeighboursFailTo() {
    Chain chain = chain();
    Set<String> before = heldOutside();
    String id = chain.request(call()).getId();
    failRelease = true;
    assertThrows(Failure.class, () -> sessions.close(id));
    assertEquals(before, heldOutside());
    assertEquals(2, releasedBesides);
  }
}
