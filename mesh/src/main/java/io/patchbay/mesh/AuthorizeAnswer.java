package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.mesh.policy.Access.ToConnection;
import io.patchbay.mesh.policy.Policies;

/**
 * The client's link before {@link Dial}: takes an answer only if the policies have nothing against
 * the tokens of its path, and the certificate of the hop that answered has signed the next one. A
 * first answer that is refused is closed again, as all that a failed request took.
 */
public final class AuthorizeAnswer implements Link {
  private final Policies policies;

  public AuthorizeAnswer(Policies policies) {
    this.policies = policies;
  }

  @Override
  public Connection request(Call call, Handler next) {
    Connection answer = next.request(call);
    policies.check(ToConnection.answered(answer.getPath(), Dial.answerer(call.session())));
    return answer;
  }
}
