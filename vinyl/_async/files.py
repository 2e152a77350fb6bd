"""Files of objects: what Django's field files save of their object, the object saves."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db.models.fields.files import FieldFile

from vinyl._runtime._async.model import done
from vinyl.marking import alters_data
from vinyl.meta import stock_class


def of_this_twin(value: Any) -> Any:
    """Return what a column's descriptor gives; where that is a file, its methods are the twin's."""
    if isinstance(value, FieldFile) and not isinstance(value, File):
        stock: Any = type(value)
        value.__class__ = _file_class(stock)
    return value


class File(FieldFile):
    """
    What a twin changes of a field's file: the object is updated by its own save().

    The file itself is stored or removed at once, by the field's storage.
    """

    is_of_twin = True

    @alters_data
    def save(self, name: str, content: Any, save: bool = True) -> Any:
        """
        Store the file, and update the object if `save`.

        Raises: ValueError for an object that has not been inserted.
        """
        super().save(name, content, save=False)
        return self.instance.save() if save else done()

    @alters_data
    def delete(self, save: bool = True) -> Any:
        """Remove the file, if there is one, and update the object if `save`."""
        there = bool(self)
        super().delete(save=False)
        return self.instance.save() if save and there else done()

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Of a class that pickle finds.
        return object.__new__, (stock_class(type(self)),), self.__getstate__()


@cache
def _file_class(stock: Any) -> type[FieldFile]:
    return type(stock.__name__, (File, stock), {"__module__": stock.__module__})
