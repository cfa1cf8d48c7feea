"""Which product each line inspects."""

from contextlib import closing

from marbleline.domain.product_switch import new_switch
from marbleline.ports.broker import Broker
from marbleline.ports.product_switches import ProductSwitches
from tests.builders import SECOND, START
from tests.contract.broker.base import BrokerContract, Connect
from tests.contract.promises import assert_keeps


class ProductSwitchesSuite(BrokerContract):
    """What every broker keeps of ``ports.product_switches.ProductSwitches``."""

    def test_keeps_the_port_of_product_switches(self, broker: Broker) -> None:
        assert_keeps(broker, ProductSwitches)

    def test_a_line_that_was_never_switched_has_no_switch(self, broker: Broker) -> None:
        assert broker.product_switch("line-1") is None

    def test_everybody_sees_a_line_s_newest_switch_at_once(self, broker: Broker, other: Broker) -> None:
        for number, product in enumerate(("granite", "onyx", "granite", "marble")):
            switch = new_switch("line-1", product, "ayşe", START + number * SECOND)
            (broker if number % 2 else other).switch_product(switch)
            assert broker.product_switch("line-1") == switch
            assert other.product_switch("line-1") == switch

    def test_an_older_switch_and_another_line_s_change_nothing(self, broker: Broker) -> None:
        newer = new_switch("line-1", "granite", "ayşe", START + SECOND)
        elsewhere = new_switch("line-2", "slate", "plc", START + 2 * SECOND)
        for switch in (newer, elsewhere, newer, new_switch("line-1", "onyx", "marco", START)):
            broker.switch_product(switch)
            assert broker.product_switch("line-1") == newer
        assert broker.product_switch("line-2") == elsewhere

    def test_a_switch_outlives_its_connection(self, broker: Broker, connect: Connect) -> None:
        switch = new_switch("line-1", "granite", "ayşe", START)
        broker.switch_product(switch)
        broker.close()
        with closing(connect()) as again:
            assert again.product_switch("line-1") == switch
