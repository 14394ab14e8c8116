from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path
from pkgutil import iter_modules

from event_store import events
from event_store.events.event import Event


def facts_in_files() -> set[str]:
    """Return every fact that the files of the catalogue define: classes of events that none of them builds on."""
    files = [import_module(f"{events.__name__}.{each.name}") for each in iter_modules(events.__path__)]
    defined = {
        found
        for file in files
        for _, found in getmembers(file, isclass)
        if issubclass(found, Event) and found.__module__ == file.__name__
    }
    return {each.__name__ for each in defined - {base for each in defined for base in each.__mro__[1:]}}


def test_a_fact_that_a_file_defines_is_in_the_catalogue_or_in_its_past() -> None:
    known = {
        event.__name__
        for event in (*events.CATALOGUE.values(), *import_module(f"{events.__name__}.past").PAST.values())
    }

    assert known == facts_in_files()


def test_no_two_facts_have_one_type() -> None:
    said = [fact for subject in (*events.SUBJECTS, events.ops) for fact in subject.FACTS]

    assert len(said) == len(events.CATALOGUE) == len(events.TYPE_OF)


def test_the_catalogue_names_no_single_fact() -> None:
    text = Path(events.__file__).read_text()

    assert [event.__name__ for event in events.TYPE_OF if event.__name__ in text] == []
