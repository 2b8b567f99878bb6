"""Actions of alarms: they notify topics, invoke functions, or do what another action does."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from aws_cdk import Reference, Stack, Token, Tokenization
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from s3_failover_constructs.arguments import items, offers
from s3_failover_constructs.places import beside

AlarmRecipient = sns.ITopic | lambda_.IFunction | cloudwatch.IAlarmAction
"""A topic that an alarm notifies, a function that it invokes, or any other action."""

_KINDS = "a topic, a function or an alarm action"
_FITTING = "pass a topic, a function, or an action of aws_cloudwatch_actions"
_REGION = "an alarm acts in its own region alone: pass one that is there"


class Notifications(Protocol):
    """Attaches actions to alarms.

    `AlarmTopics` makes topics; `AlarmActions` takes existing topics, functions and other actions. Any object with these
    two methods works; it need not inherit.
    """

    def warn(self, alarm: cloudwatch.AlarmBase) -> None:
        """Attach the actions of a warning."""

    def alert(self, alarm: cloudwatch.AlarmBase) -> None:
        """Attach the actions of a critical alarm."""


class AlarmActions:
    """Attaches existing topics, functions and other actions to alarms; without arguments it attaches none.

    An alarm notifies topics and invokes functions when it goes off and when it returns to OK. It takes any other action
    only when it goes off: CloudWatch accepts Systems Manager's actions in no other state (CloudWatch User Guide,
    alarm-actions). A topic's policy, and that of its KMS key, must let CloudWatch publish; the CDK adds the permission
    to invoke a function.

    Args:
        warning: the actions of a warning; none by default.
        critical: the actions of a critical alarm; none by default.

    Raises:
        TypeError: one is no topic, function or action.
    """

    def __init__(self, *, warning: Sequence[AlarmRecipient] = (), critical: Sequence[AlarmRecipient] = ()) -> None:
        self._warning = [_action("warning", each) for each in _checked("warning", warning)]
        self._critical = [_action("critical", each) for each in _checked("critical", critical)]

    def warn(self, alarm: cloudwatch.AlarmBase) -> None:
        """Attach the actions of warnings.

        Raises:
            ValueError: a topic or a function is in another region than the alarm.
        """
        for attach in self._warning:
            attach(alarm)

    def alert(self, alarm: cloudwatch.AlarmBase) -> None:
        """Attach the actions of critical alarms.

        Raises:
            ValueError: a topic or a function is in another region than the alarm.
        """
        for attach in self._critical:
            attach(alarm)


def notified(notifications: Notifications | None) -> Notifications:
    """Return what attaches actions to alarms; by default it attaches none.

    Raises:
        TypeError: it lacks one of the two methods.
    """
    if notifications is None:
        return AlarmActions()
    expected = "an AlarmTopics, an AlarmActions, or an object with warn and alert"
    remedy = "write it as in notifications=AlarmActions(warning=[topic], critical=[topic])"
    offers("notifications", notifications, ("warn", "alert"), expected, remedy)
    return notifications


_Attach = Callable[[cloudwatch.AlarmBase], None]


def _checked(argument: str, recipients: Sequence[AlarmRecipient]) -> Sequence[AlarmRecipient]:
    items(argument, recipients)
    return recipients


def _action(argument: str, recipient: Any) -> _Attach:
    """Return a function that attaches an action to an alarm."""
    if hasattr(recipient, "topic_arn"):
        return _notifying(argument, recipient, actions.SnsAction(recipient))
    if hasattr(recipient, "function_arn"):
        # Without ids of their own the permissions of several alarms collide.
        return _notifying(argument, recipient, actions.LambdaAction(recipient, use_unique_permission_id=True))
    offers(argument, recipient, ("bind",), _KINDS, _FITTING)
    if isinstance(recipient, actions.SnsAction | actions.LambdaAction):
        return _acting(argument, recipient)
    return lambda alarm: alarm.add_alarm_action(recipient)


def _notifying(argument: str, where: sns.ITopic | lambda_.IFunction, action: cloudwatch.IAlarmAction) -> _Attach:
    def attach(alarm: cloudwatch.AlarmBase) -> None:
        beside(Stack.of(alarm), argument, where.env.region, _REGION)
        _both(alarm, action)

    return attach


def _acting(argument: str, action: cloudwatch.IAlarmAction) -> _Attach:
    def attach(alarm: cloudwatch.AlarmBase) -> None:
        # Not that of a function, which adds a permission whenever it is bound.
        if isinstance(action, actions.SnsAction):
            beside(Stack.of(alarm), argument, _region(action.bind(alarm, alarm).alarm_action_arn), _REGION)
        _both(alarm, action)

    return attach


def _region(topic_arn: str) -> str:
    """Return a topic's region; a token where neither the ARN nor the topic that it refers to says it."""
    if not Token.is_unresolved(topic_arn):
        return topic_arn.split(":")[3]
    reference = Tokenization.reverse_string(topic_arn).first_token
    topic = reference.target if isinstance(reference, Reference) else None
    return Stack.of(topic).region if isinstance(topic, sns.CfnTopic) else topic_arn


def _both(alarm: cloudwatch.AlarmBase, action: cloudwatch.IAlarmAction) -> None:
    """Attach an action to the states ALARM and OK."""
    alarm.add_alarm_action(action)
    alarm.add_ok_action(action)
