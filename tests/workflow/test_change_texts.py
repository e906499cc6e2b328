"""What is no change, though it looks like one."""

from __future__ import annotations

import pytest

from vbtui.workflow import Change


@pytest.mark.parametrize(
    "text",
    [
        *("", "job/1.0/start", "job/1.0/start:", ":failover=on", "a:failover", "a:failover=", "a:failover=yes"),
        *("a:slots=px,-1", "a:slots=px,1_0", "a:slots=px, 1", "a:slots=px,01", "a:slots=px,1001", "a:slots=px,\u0663"),
        *(
            "a:block=px,px,tcp/902",
            "a:block=px,esx",
            "a:allow=px,esx,902",
            "a:allow=px,esx,tcp/0",
            "a:block=a,b,tcp/9-8",
        ),
        *(
            "a:block=px,esx,tcp/0902",
            "a:block=px,esx,tcp/902-902",
            "a:allow=px,esx,icmp/1",
            "a:allow=px,esx,tcp/902,on",
        ),
        *("a:slots=px", "a:rule=core,off", "a:rule=core,r,on,on", "a:service=px,nosuch,on", "a:nosuch=1", "a:kill=x,y"),
    ],
)
def test_other_texts_are_no_changes(text: str) -> None:
    with pytest.raises(ValueError):
        Change.parse(text)
